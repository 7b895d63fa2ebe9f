from measures.desk import word_admin
