# As the site is named where its data are quoted.
SITE_NAME = "衡水市科技创新“十三五”规划进展"
